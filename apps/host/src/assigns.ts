/** What the middleware of this product puts on every request. */
import type { CurrentScope } from 'sigra'

/** The variables every route of the host may read. */
export interface HostVariables {
  currentScope: CurrentScope | null
}
