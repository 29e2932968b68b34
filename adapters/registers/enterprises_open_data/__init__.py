"""Open data of the enterprise register, by CKAN's datastore interface (data.gov.lv)."""
