import createClient, { type Client } from "openapi-fetch";
import type { paths } from "./schema.js";

/** A typed client: `const { data, error } = await diamondOpus(url, key).GET("/v2/diamonds", ...)`. */
export function diamondOpus(url: string, apiKey: string): Client<paths> {
  return createClient<paths>({
    baseUrl: `${url}/api`,
    headers: { "X-API-Key": apiKey },
    querySerializer: { array: { style: "form", explode: false } },
  });
}
