"use strict";
// Serves the population register's contract with the npm package soap: invented persons, real HTTP, nothing of ours.
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const soap = require("soap");

const wsdl = path.resolve(process.argv[2]);
const persons = {
  "39100000011": {
    PersonasKods: "39100000011",
    AtrastsPec: "39100000011",
    Ierobezots: false,
    Vards: "Anna",
    Uzvards: "Bērziņa </a><b> & {env.HOME} ]]>",
    DzimsanasDatums: "1990-05-17",
    Dzimums: "S",
    Valstspiederiba: "LVA",
    Statuss: "AKT",
    GimenesStavoklis: "PRE",
    DzivesvietasAdrese: { AdresesKods: "000012345", ATVK: "0054000" },
    Majsaimnieciba: {
      Loceklis: [
        { PersonasKods: "39100000022", Radnieciba: "LAU", KopsDatums: "2015-08-01", Ierobezots: false },
        { PersonasKods: "39100000033", Radnieciba: "BER", Ierobezots: true },
      ],
    },
    Berni: { BernaPersonasKods: ["39100000033", "39100000044"] },
  },
  "39990000055": {
    PersonasKods: "39100000055",
    AtrastsPec: "39990000055",
    IepriekseijePersonasKodi: { PersonasKods: ["39990000055"] },
    Ierobezots: true,
    DzimsanasDatums: "1961",
    Dzimums: "N",
    Statuss: "MIR",
    GimenesStavoklis: "NAV",
  },
};
const requests = [];

function fault(text) {
  return { Fault: { faultcode: "soap:Client", faultstring: text } };
}

function check(args, headers, many) {
  if (Object.keys(args).join() !== "PersonasKods") throw fault("the body has other elements");
  if (Array.isArray(args.PersonasKods) !== many) throw fault("the wrong number of codes");
  const codes = [].concat(args.PersonasKods);
  if (!codes.every((code) => typeof code === "string" && /^[0-9]{11}$/.test(code))) throw fault("a code is none");
  for (const name of ["client", "service", "userId", "id", "protocolVersion"]) {
    if (!headers || !headers[name]) throw fault(`header ${name} is missing`);
  }
  if (headers.protocolVersion !== "4.0") throw fault("another protocol");
  return codes;
}

const services = {
  FPRServiss: {
    FPRPorts: {
      PersonasDati(args, callback, headers) {
        const [code] = check(args, headers, false);
        return persons[code] ? { Persona: persons[code] } : {};
      },
      PersonuDati(args, callback, headers) {
        const found = check(args, headers, true).filter((code) => persons[code]);
        return { Persona: found.map((code) => persons[code]) };
      },
    },
  },
};

const server = http.createServer((request, response) => {
  if (request.url === "/requests") response.end(JSON.stringify(requests));
});
server.listen(0, "127.0.0.1", () => {
  const served = soap.listen(server, {
    path: "/natural_persons",
    services,
    xml: fs.readFileSync(wsdl, "utf8"),
    uri: wsdl,
    callback: (error) => {
      if (error) throw error;
      console.log(server.address().port);
    },
  });
  served.log = (type, data) => {
    if (type === "received") requests.push(String(data));
  };
});
