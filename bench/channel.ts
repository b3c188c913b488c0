/** Typed questions and answers between the bench and the processes it starts, over Node's own process channel. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What a process can be asked: named functions of one argument. */
export type Questions = Record<string, (argument: never) => unknown>

/** A started process as the one that started it sees it. */
export interface Remote<Api> {
  readonly pid: number
  /** Asks and waits for the answer; rejects when the process answers with an error or ends first. */
  ask<Name extends keyof Api & string>(name: Name, argument: ArgumentOf<Api[Name]>): Promise<AnswerOf<Api[Name]>>
  /** Ends the process and waits for it; after five seconds it is killed. */
  close(): Promise<void>
}

type ArgumentOf<Call> = Call extends (argument: infer Argument) => unknown ? Argument : never
type AnswerOf<Call> = Call extends (argument: never) => infer Answer ? Awaited<Answer> : never

interface Question {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

const CLOSE_MILLISECONDS = 5_000

/** Starts a module of the bench as a process of its own that answers questions. */
export function startProcess<Api>(file: string): Remote<Api> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [], {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let last = 0
  child.on('message', (message: Answer) => {
    const one = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.error === undefined) one?.resolve(message.value)
    else one?.reject(new Error(`${file}: ${message.error}`))
  })
  child.on('exit', (code, signal) => {
    for (const one of waiting.values()) one.reject(new Error(`${file} ended early (${code ?? signal ?? 'unknown'})`))
    waiting.clear()
  })
  return {
    pid: child.pid ?? 0,
    ask(name, argument) {
      last += 1
      const id = last
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve: (value) => resolve(value as never), reject })
        child.send({ id, name, argument } satisfies Question, (error) => {
          if (error && waiting.delete(id)) reject(error)
        })
      })
    },
    close: () => closeProcess(child),
  }
}

/** Answers questions until the one who asks goes away; call once, at the end of a process's module. */
export function answerQuestions(questions: Questions, close: () => Promise<void>): void {
  process.on('message', (question: Question) => {
    const call = questions[question.name]
    const send = (answer: Answer): void => void process.send?.(answer)
    Promise.resolve()
      .then(() => {
        if (!call) throw new Error(`nobody answers "${question.name}"`)
        return call(question.argument as never)
      })
      .then(
        (value) => send({ id: question.id, value }),
        (error: unknown) =>
          send({ id: question.id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      )
  })
  process.once('disconnect', () => {
    void close().finally(() => process.exit(0))
  })
}

async function closeProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_MILLISECONDS)
  if (child.connected) child.disconnect()
  await ended
  clearTimeout(timer)
}
