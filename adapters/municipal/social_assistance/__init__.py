"""Municipal social assistance system (pašvaldības sociālās palīdzības sistēma); one adapter for every municipality."""
