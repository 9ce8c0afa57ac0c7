"""The set-up as a YAML file: everything that an admin decides, and no secret.

Rows are found by natural keys. What a file does not name is left alone; a list or mapping inside a row (members,
skills, hours, texts) is replaced as a whole. Importing is tried in a transaction that is rolled back, and what is then
exported is compared with before: the difference that is shown is the one that is applied.
"""
