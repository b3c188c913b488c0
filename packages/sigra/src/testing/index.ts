/** What hosts and sigra's own tests use to test flows through HTTP. */
export { createTestSigra, type SeenDecision, type TestSigra, type TestSigraOptions } from './test-server.js'
export {
  mailedCode,
  mailedLink,
  testPerson,
  type PersonOptions,
  type PersonWorld,
  type TestPerson,
} from './test-person.js'
export { movableClock, type MovableClock } from '#base/clock.js'
