/** How strong a password looks to somebody who also knows the block list; advice only. */
import { isCommonPassword, normalizePassword, type PasswordPolicy } from './password-policy.js'
import { countStrength, type PasswordStrength } from './strength-points.js'

/** Rates a text as a password under a policy; what is long beyond reason is rated by its beginning. */
export function ratePassword(text: string, policy: Pick<PasswordPolicy, 'minLength'>): PasswordStrength {
  const password = normalizePassword(text.slice(0, 256))
  return countStrength(password, { minLength: policy.minLength, isCommon: isCommonPassword(password) })
}
