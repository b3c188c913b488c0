/** What people are told about passwords, before and after they choose one. */
import type { PasswordPolicy, PasswordReason } from './rules/password-policy.js'

/** The rule, said before. */
export function passwordHint(policy: PasswordPolicy): string {
  return `At least ${policy.minLength} characters. A few words in a row are easy to remember and hard to guess.`
}

/** What is wrong and what to do, said after. */
export function passwordProblem(reason: PasswordReason, policy: PasswordPolicy): string {
  const words = {
    too_short: `Use at least ${policy.minLength} characters for the password.`,
    too_long: `Use at most ${policy.maxLength} characters for the password.`,
    common: 'Choose another password: this one is among the first that are tried.',
    context: 'Choose another password: this one is made of your address or the name of this product.',
    repetitive: 'Choose another password: this one repeats the same few characters.',
    breached: 'Choose another password: this one appears in a data breach.',
  } as const satisfies Record<PasswordReason, string>
  return words[reason]
}
