"use strict";
// SOAP 1.2 with WS-Security, served with the npm package soap: real HTTP, nothing of ours.
const crypto = require("node:crypto");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const soap = require("soap");

const wsdl = path.resolve(process.argv[2]);
const NAME = "kiosk";
const PASSWORD = "S3cret & <more>";
const told = [];

const services = {
  Service: {
    Port: {
      Ask(args, callback, headers) {
        if (args.Code === "locked") {
          throw {
            Fault: {
              Code: { Value: "soap:Sender", Subcode: { Value: "rpc:ProcedureNotPresent" } },
              Reason: { Text: "locked" },
              // As text: the package writes everything else of a fault with the envelope's prefix.
              Detail: { $xml: '<Locked xmlns="urn:spoken"><Days>3</Days></Locked>' },
              statusCode: 400,
            },
          };
        }
        return { Code: args.Code, Session: headers.Session.Token };
      },
      Tell(args) {
        told.push(args.Code);
      },
    },
  },
};

function isOurs(security) {
  const token = security && security.UsernameToken;
  if (!token || token.Username !== NAME) return false;
  const nonce = Buffer.from(token.Nonce.$value || token.Nonce, "base64");
  const digest = crypto.createHash("sha1").update(nonce).update(String(token.Created)).update(PASSWORD).digest("base64");
  return token.Password.$value === digest && token.Password.attributes.Type.endsWith("#PasswordDigest");
}

const server = http.createServer((request, response) => {
  if (request.url === "/told") response.end(JSON.stringify(told));
});
server.listen(0, "127.0.0.1", () => {
  const served = soap.listen(server, {
    path: "/spoken",
    services,
    xml: fs.readFileSync(wsdl, "utf8"),
    uri: wsdl,
    forceSoap12Headers: true,
    callback: (error) => {
      if (error) throw error;
      console.log(server.address().port);
    },
  });
  served.authenticate = isOurs;
});
