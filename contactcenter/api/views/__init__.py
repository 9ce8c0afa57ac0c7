"""The API's resources: each shows what its user may see and changes it by the services that the console uses."""
