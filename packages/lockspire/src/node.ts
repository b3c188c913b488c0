/** Serves web requests on `node:http`, for hosts that have no server of their own. */
export { closeOnSignals, serveNode, type Closer, type RunningServer, type ServeOptions } from '#base/node.js'
