SwaggerUIBundle({ url: "v2/openapi.json", dom_id: "#api", deepLinking: true, filter: true });
