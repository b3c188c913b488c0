/** What tests of lockspire and of its hosts use: a server on a store of its own, a host, a browser and a client. */
export { movableClock, type MovableClock } from '#base/clock.js'
export {
  authorizePath,
  openBrowser,
  responseParameters,
  type BrowserAnswer,
  type Fields,
  type TestBrowser,
} from './test-browser.js'
export { testClient, type Authorized, type TestClient, type TestClientChoices } from './test-client.js'
export { testHost, type TestAssigns, type TestHost } from './test-host.js'
export {
  mailApi,
  notesApi,
  startTestServer,
  type AuditLine,
  type LogLine,
  type TestServer,
  type TestServerOptions,
} from './test-server.js'
