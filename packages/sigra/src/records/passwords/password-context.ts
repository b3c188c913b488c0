/** Words that are close to a person and the product, of which a password must not be made. */
import type { Config } from '../../config.js'
import type { EmailAddress } from '../../rules/email-address.js'

/** The address before its at-sign, the product's name, its host name, and whatever the host forbids. */
export function passwordContext(
  config: Pick<Config, 'brand' | 'baseUrl' | 'password'>,
  email: EmailAddress,
): readonly string[] {
  return [
    email.text.slice(0, email.text.lastIndexOf('@')),
    config.brand.name,
    config.baseUrl.hostname,
    ...config.password.forbiddenWords,
  ]
}
