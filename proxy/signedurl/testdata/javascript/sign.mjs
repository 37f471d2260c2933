// Signs with AWS's SDK for JavaScript what TestJavaScript verifies:
//
//	npm install && node sign.mjs ../../../../bench/scenario/testdata/keys > ../javascript.json
//
// .ci/run does so where there is npm, and has the test look at what comes out.
import { getSignedUrl, getSignedCookies } from "@aws-sdk/cloudfront-signer";
import { readFileSync } from "node:fs";

const end = "2026-01-01T01:00:00Z";
const url = "https://shop.test/training/film.mp4?size=large&lang=en";
const custom = (resource, white = "") =>
  `{${white}"Statement":[{"Resource":"${resource}","Condition":{"DateLessThan":{"AWS:EpochTime":1767229200}}}]}${white}`;

const inputs = {
  canned: { url, dateLessThan: end },
  "canned, without a query": { url: "https://shop.test/", dateLessThan: end },
  "canned, encoded": { url: "https://shop.test/a b/é~?q=x'y&empty", dateLessThan: end },
  "addresses and a beginning": { url, dateLessThan: end, dateGreaterThan: "2025-12-31T00:00:00Z", ipAddress: "192.0.2.1" },
  "a range": { url, dateLessThan: end, ipAddress: "192.0.2.0/24" },
  policy: { url, policy: custom("http*://shop.test/training/*") },
  "policy with white space": { url, policy: custom("*", "\n ") },
};

const signed = [];
for (const keyPairId of ["K2RSA", "K2EC"]) {
  const privateKey = readFileSync(`${process.argv[2]}/${keyPairId}.pem`);
  for (const algorithm of ["SHA1", "SHA256"]) {
    for (const [name, input] of Object.entries(inputs)) {
      const all = { ...input, keyPairId, privateKey, algorithm };
      signed.push({ name: `${keyPairId}, ${algorithm}, ${name}`, url: getSignedUrl(all) });
      if (name === "canned, encoded") continue; // which only getSignedUrl encodes
      const cookies = Object.entries(getSignedCookies(all)).map(([k, v]) => `${k}=${v}`);
      signed.push({ name: `${keyPairId}, ${algorithm}, ${name}, cookies`, url: input.url, cookies: cookies.join("; ") });
    }
  }
}
console.log(JSON.stringify(signed, null, 1));
