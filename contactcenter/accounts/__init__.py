"""People and what they may see: users, roles, teams, brands, sign-in, audit."""
