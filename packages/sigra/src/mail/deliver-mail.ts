/** Mail leaves through a job written in the flow's own transaction; the job's payload is sealed, because mails carry secrets. */
import { z } from 'zod'

import { Fault } from '#base/fault.js'
import { enqueue, type JobWork } from '#base/jobs.js'
import { randomId } from '#base/secrets.js'

import type { Server, SigraTx } from '../server.js'
import type { OutgoingMail } from './mailer.js'

const KIND = 'mail.deliver'
const NOBODY = ''
const sealedForm = z.object({ id: z.string(), sealed: z.string() })
const mailForm = z.object({ to: z.string(), subject: z.string(), text: z.string(), html: z.string() })

/** Queues a mail; it leaves after commit, and not at all when the transaction rolls back. */
export async function queueMail(server: Server, tx: SigraTx, mail: OutgoingMail): Promise<void> {
  const id = randomId()
  const sealed = server.keys.seal(JSON.stringify(mail), place(id)).toString('base64url')
  await enqueue(tx, server.config.schema, { kind: KIND, payload: { id, sealed } })
}

/** A mail that is rendered, sealed and queued like any other and never sent: whoever waits for an answer must not notice. */
export function toNobody(mail: OutgoingMail): OutgoingMail {
  return { ...mail, to: NOBODY }
}

/** The job that hands queued mails to the mailer; a mail may go out twice when a worker dies in between. */
export function mailJobs(server: Pick<Server, 'keys' | 'mailer'>): JobWork {
  return {
    [KIND]: async (payload) => {
      const job = sealedForm.safeParse(payload)
      if (!job.success) throw new Fault('a mail job has another form than this version writes')
      const opened = server.keys.open(Buffer.from(job.data.sealed, 'base64url'), place(job.data.id))
      const mail = mailForm.parse(JSON.parse(opened.toString('utf8')))
      if (mail.to !== NOBODY) await server.mailer.send(mail)
    },
  }
}

function place(id: string): { table: string; column: string; row: string } {
  return { table: 'jobs', column: 'payload', row: id }
}
