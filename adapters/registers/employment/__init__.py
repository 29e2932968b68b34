"""Register of the unemployed and of vacancies (BURVIS), kept by the State Employment Agency (NVA)."""
