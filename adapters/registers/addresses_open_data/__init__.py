"""Open data of the state address register (VARIS), by CKAN's datastore interface (data.gov.lv)."""
