"""The GraphQL over HTTP audits of the npm package graphql-http, run against a live gateway."""
