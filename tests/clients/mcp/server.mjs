// An MCP server (streamable HTTP) that trusts one authorization server: tokens are verified by its published keys, for this server alone.
import { createMcpExpressApp } from "@modelcontextprotocol/sdk/server/express.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { InvalidTokenError } from "@modelcontextprotocol/sdk/server/auth/errors.js";
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js";
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } from "@modelcontextprotocol/sdk/server/auth/router.js";
import { createRemoteJWKSet, jwtVerify } from "jose";

/** What the authorization server says of itself (RFC 8414). */
async function discover(issuer) {
  const answer = await fetch(`${issuer}/.well-known/oauth-authorization-server`);
  const metadata = await answer.json();
  if (metadata.issuer !== issuer) throw new Error(`${issuer} calls itself ${metadata.issuer}`);
  return metadata;
}

/** Verifies access tokens (RFC 9068 §4) that are for `resource`. */
function verifier(metadata, resource) {
  const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
  const expected = { issuer: metadata.issuer, audience: resource, typ: "at+jwt", requiredClaims: ["sub", "client_id", "exp"] };
  return {
    async verifyAccessToken(token) {
      try {
        const { payload } = await jwtVerify(token, keys, expected);
        const scopes = (payload.scope ?? "").split(" ").filter(Boolean);
        const extra = { sub: payload.sub };
        return { token, clientId: payload.client_id, scopes, expiresAt: payload.exp, resource: new URL(resource), extra };
      } catch (error) {
        throw new InvalidTokenError(error.code ?? "the token cannot be verified");
      }
    },
  };
}

/** A server for each request: it keeps nothing. Its one tool says whom the token speaks for. */
function tools() {
  const server = new McpServer({ name: "notes", version: "1.0.0" });
  const whoami = { description: "Says who is asking", inputSchema: {} };
  server.registerTool("whoami", whoami, (_, { authInfo }) => ({
    content: [{ type: "text", text: JSON.stringify({ sub: authInfo.extra.sub, client: authInfo.clientId, scopes: authInfo.scopes }) }],
  }));
  return server;
}

export class Notes {
  /** Listens on a port of this machine; `resource` is its address and the name under which it is registered as an API. */
  static async open() {
    const notes = new Notes();
    notes.app = createMcpExpressApp();
    await new Promise((done) => (notes.http = notes.app.listen(0, "127.0.0.1", done)));
    notes.resource = `http://127.0.0.1:${notes.http.address().port}/mcp`;
    return notes;
  }

  /** Trusts an authorization server from now on, for tokens with this scope. */
  async trust(issuer, scope) {
    const metadata = await discover(issuer);
    const resourceServerUrl = new URL(this.resource);
    this.app.use(mcpAuthMetadataRouter({ oauthMetadata: metadata, resourceServerUrl, scopesSupported: [scope], resourceName: "Notes" }));
    const guard = requireBearerAuth({
      verifier: verifier(metadata, this.resource),
      requiredScopes: [scope],
      resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resourceServerUrl),
    });
    this.app.post("/mcp", guard, async (request, answer) => {
      const [server, transport] = [tools(), new StreamableHTTPServerTransport({ sessionIdGenerator: undefined })];
      answer.on("close", () => server.close());
      await server.connect(transport);
      await transport.handleRequest(request, answer, request.body);
    });
    this.app.all("/mcp", guard, (_, answer) => answer.status(405).set("Allow", "POST").end());
  }

  close() {
    this.http.closeAllConnections();
    this.http.close();
  }
}
