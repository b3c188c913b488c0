/** The options of a strict installation behind one proxy; everything here is also the shape of a smaller one. */
import { createSigra, type Database, type MailTransport, type Sigra, smtpMailer } from 'sigra'

/** Makes sigra for production; `transport` is nodemailer's, `keys` is SIGRA_KEYS. */
export async function strictSigra(database: Database, transport: MailTransport, keys: string): Promise<Sigra> {
  // region sigra
  const sigra = await createSigra({
    database,
    baseUrl: 'https://notes.example',
    mailer: smtpMailer(transport, { from: 'Notes <no-reply@notes.example>' }),
    brand: { name: 'Notes', color: '#1d6b52' },
    production: true,
    keys,
    trustedProxyHops: 1,
    landingPath: '/notes',
    emailConfirmation: { by: 'link_and_code', codeLifetimeSeconds: 600 },
    logIn: { lockout: { freeAttempts: 10, firstDelaySeconds: 30, longestDelaySeconds: 3600, maxAttempts: 100 } },
    password: { minLength: 15, forbiddenWords: ['notebook'] },
    session: { standard: { idleSeconds: 1800, absoluteSeconds: 43_200 }, offerRemember: false },
  })
  // endregion sigra
  return sigra
}
