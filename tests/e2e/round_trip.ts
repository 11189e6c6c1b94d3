// Asks every operation of the document through the typed client; every status must be documented.
import { diamondOpus } from "./client.js";

const [url, key] = (globalThis as any).process.argv.slice(2) as [string, string];
const client = diamondOpus(url, key);
const document = await (await fetch(`${url}/api/v2/openapi.json`)).json();
const values: Record<string, string> = { integer: "1", string: "0192f0c1-2f7e-5c3a-9d1e-6a4b7c8d9e0f" };

const { data, error } = await client.GET("/v2/diamonds", { params: { query: { shape: ["round"], limit: 2 } } });
if (error || data.data.length !== 2) throw new Error(`no two stones: ${JSON.stringify(error)}`);
const price: number = data.data[0]!.price;
if (!(price > 0)) throw new Error(`a stone for ${price}`);
// @ts-expect-error a sort that does not exist is seen by the compiler
await client.GET("/v2/diamonds", { params: { query: { sort_by: "beauty" } } });

let asked = 0;
for (const [path, item] of Object.entries<Record<string, any>>(document.paths)) {
  for (const [method, told] of Object.entries(item)) {
    const inPath = (told.parameters ?? []).filter((one: any) => one.in === "path");
    const given = Object.fromEntries(inPath.map((one: any) => [one.name, values[one.schema.type]]));
    const body = told.requestBody ? {} : undefined;
    const { response } = await (client as any).request(method, path, { params: { path: given }, body, parseAs: "text" });
    if (!(response.status in told.responses)) throw new Error(`${method} ${path}: ${response.status}`);
    asked += 1;
  }
}
console.log(JSON.stringify({ asked }));
