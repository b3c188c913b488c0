/** The grant types of the token endpoint; a new one is one more file and one more name here. */
import { authorizationCodeGrant } from './grants/authorization-code.js'
import { refreshTokenGrant } from './grants/refresh-token.js'
import type { Grant } from './token-request.js'

const all: readonly Grant[] = [authorizationCodeGrant, refreshTokenGrant]

/** Every `grant_type` this server exchanges. */
export const grants: ReadonlyMap<string, Grant> = new Map(all.map((grant) => [grant.type, grant]))
