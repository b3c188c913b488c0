/** Serving on node:http, for hosts without a server of their own. */
export { closeOnSignals, serveNode, type Closer, type RunningServer, type ServeOptions } from '#base/node.js'
