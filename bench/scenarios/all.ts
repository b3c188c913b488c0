/** Every scenario in the order of the table: each floor stands before what is compared with it. */
import { codeFlow, refresh } from './flows.js'
import { anonymous, guardedApi, honoHttp, keySet, rawHttp, recordedFloors, sessionCheck, userinfo } from './requests.js'
import { peerCodeFlow, peerRefresh } from './peer-flows.js'
import type { Scenario } from './scenario.js'

/** The scenarios. */
export const scenarios: readonly Scenario[] = [
  rawHttp,
  honoHttp,
  ...recordedFloors,
  anonymous,
  keySet,
  guardedApi,
  sessionCheck,
  userinfo,
  refresh,
  codeFlow,
  peerRefresh,
  peerCodeFlow,
]

/** Finds a scenario by its name; faults on an unknown one. */
export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name)
  if (!found)
    throw new Error(`no scenario is called "${name}"; there are ${scenarios.map((one) => one.name).join(', ')}`)
  return found
}
