// Runs the server audits of graphql-http against one endpoint and prints what each says.
//
//   AUDITED_URL    the endpoint, e.g. http://127.0.0.1:8000/graphql
//   AUDITED_TOKEN  bearer token of a principal that may introspect
//
// Prints JSON: [{"id", "name", "status": "ok" | "notice" | "warn" | "error", "reason", "answered"}].

import { serverAudits } from 'graphql-http';

const { AUDITED_URL: url, AUDITED_TOKEN: token } = process.env;

const fetchFn = (address, options = {}) =>
  fetch(address, { ...options, headers: { ...options.headers, authorization: `Bearer ${token}` } });

const results = [];
for (const audit of serverAudits({ url, fetchFn })) {
  const { id, name, status, reason = null, response = null } = await audit.fn();
  results.push({ id, name, status, reason, answered: response && response.status });
}
console.log(JSON.stringify(results, null, 2));
