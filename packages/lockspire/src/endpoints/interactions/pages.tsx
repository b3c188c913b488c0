/** The consent page, the page for a changed account, and what a person reads when an interaction cannot go on. */
import {
  Actions,
  Badge,
  Button,
  Card,
  KeyValues,
  Notice,
  Page,
  PostForm,
  renderPage,
  TextLink,
  type Brand,
} from '#base/page.js'

import type { PageError } from '../../respond.js'
import type { ClosedReason } from './open-interaction.js'

/** One thing the client will be able to do. */
export interface AskedScope {
  readonly description: string
  /** Not allowed before, where something was. */
  readonly isNew: boolean
}

/** Everything the consent page says. */
export interface ConsentPageValues {
  readonly brand: Brand
  readonly stylesheet: string
  readonly script: string
  readonly clientName: string
  /** The host or scheme to which the browser goes afterwards. */
  readonly destination: string
  /** A client on the person's own machine, whose redirect another program could take. */
  readonly isOnThisDevice: boolean
  readonly accountName: string | null
  readonly accountEmail: string | null
  /** What it asks for, by resource. */
  readonly groups: readonly { readonly resource: string; readonly scopes: readonly AskedScope[] }[]
  readonly isOffline: boolean
  readonly isRemembered: boolean
  readonly grantDays: number
  readonly connectionsPath: string | null
  readonly decisionPath: string
  readonly accountPath: string
  readonly accountMark: string
}

const copy = {
  title: (client: string, brand: string) => `Allow ${client} to use your ${brand} account?`,
  destination: 'Sends you back to',
  account: 'Logged in as',
  nameless: 'your account',
  otherAccount: 'Use another account',
  onThisDevice: 'This app runs on your own device',
  onThisDeviceAdvice:
    'We cannot tell it from other programs there. Allow it only if you started this yourself, just now.',
  abilities: 'It will be able to',
  isNew: 'New',
  aboutYou: 'Your account',
  never: 'It will not get',
  neverPassword: (brand: string) => `Your password. You only ever type it at ${brand}.`,
  howLong: 'For how long',
  offline: (days: number) => `Until you take it back, for at most ${days} days, also while you are away.`,
  remembered: 'Until you take it back. While you are logged in it is not asked again.',
  once: 'For this visit. You will be asked each time.',
  takeBack: 'You can take this back at any time',
  takeBackAt: 'under connected apps',
  takeBackBy: (brand: string) => `by asking ${brand}.`,
  cancel: 'Cancel',
  allow: 'Allow access',
  changedTitle: 'You are logged in with another account',
  changedLead: (client: string) =>
    `This request of ${client} was begun with a different account than the one that is logged in now.`,
  goOn: 'Go on with this account',
}

/** Asks for consent. */
export function consentPage(values: ConsentPageValues): string {
  const { brand, clientName } = values
  return renderPage(
    <Page
      brand={brand}
      title={copy.title(clientName, brand.name)}
      stylesheet={values.stylesheet}
      scripts={[values.script]}
    >
      <KeyValues
        items={[
          { key: copy.destination, value: <strong>{values.destination}</strong> },
          { key: copy.account, value: <AccountNames {...values} />, action: <OtherAccount {...values} /> },
        ]}
      />
      <Abilities {...values} />
      <Card title={copy.never}>
        <p>{copy.neverPassword(brand.name)}</p>
      </Card>
      <Card title={copy.howLong}>
        <p>{duration(values)}</p>
        <p>
          {copy.takeBack}{' '}
          {values.connectionsPath === null ? (
            copy.takeBackBy(brand.name)
          ) : (
            <>
              <TextLink href={values.connectionsPath}>{copy.takeBackAt}</TextLink>.
            </>
          )}
        </p>
      </Card>
      {values.isOnThisDevice && (
        <Notice kind="warn" title={copy.onThisDevice}>
          {copy.onThisDeviceAdvice}
        </Notice>
      )}
      <PostForm action={values.decisionPath}>
        <input type="hidden" name="account" value={values.accountMark} />
        <Actions>
          <Button kind="plain" name="decision" value="deny">
            {copy.cancel}
          </Button>
          <Button kind="plain" name="decision" value="allow">
            {copy.allow}
          </Button>
        </Actions>
      </PostForm>
    </Page>,
  )
}

function AccountNames({ accountName, accountEmail }: ConsentPageValues) {
  if (accountName === null && accountEmail === null) return <strong>{copy.nameless}</strong>
  return (
    <>
      <strong>{accountName ?? accountEmail}</strong>
      {accountName !== null && accountEmail !== null && <div class="muted">{accountEmail}</div>}
    </>
  )
}

function OtherAccount({ accountPath }: ConsentPageValues) {
  return (
    <PostForm action={accountPath} inline>
      <Button kind="plain" small name="to" value="other">
        {copy.otherAccount}
      </Button>
    </PostForm>
  )
}

function Abilities({ groups }: ConsentPageValues) {
  return (
    <Card title={copy.abilities}>
      {groups.map((group) => (
        <div>
          <h3>{group.resource === '' ? copy.aboutYou : group.resource}</h3>
          <ul>
            {group.scopes.map((scope) => (
              <li>
                {scope.description} {scope.isNew && <Badge tone="warn">{copy.isNew}</Badge>}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </Card>
  )
}

function duration(values: ConsentPageValues): string {
  if (values.isOffline) return copy.offline(values.grantDays)
  return values.isRemembered ? copy.remembered : copy.once
}

/** Everything the page for a changed account says. */
export interface OtherAccountPageValues {
  readonly brand: Brand
  readonly stylesheet: string
  readonly script: string
  readonly clientName: string
  readonly accountPath: string
}

/** Asks whether to go on with the account that is logged in now, or with another. */
export function otherAccountPage(values: OtherAccountPageValues): string {
  return renderPage(
    <Page
      brand={values.brand}
      title={copy.changedTitle}
      lead={copy.changedLead(values.clientName)}
      stylesheet={values.stylesheet}
      scripts={[values.script]}
    >
      <PostForm action={values.accountPath}>
        <Button name="to" value="current">
          {copy.goOn}
        </Button>
        <Button kind="plain" name="to" value="other">
          {copy.otherAccount}
        </Button>
      </PostForm>
    </Page>,
  )
}

const again = 'Go back to the app and start again from there.'

const pageErrors = {
  unknown: {
    status: 404,
    title: 'There is no such request here',
    message: `It may have been begun in another browser. ${again}`,
  },
  expired: { status: 400, title: 'This took too long', message: `The request is no longer valid. ${again}` },
  ended: {
    status: 409,
    title: 'This is already finished',
    message: 'It was answered before, perhaps in another tab. You can close this page, or go back to the app.',
  },
  client_gone: {
    status: 400,
    title: 'This app has been switched off',
    message: 'It may no longer ask for access. Nothing was shared with it.',
  },
  cross_site: {
    status: 403,
    title: 'This did not come from our page',
    message: `We could not tell that you pressed the button yourself, so that nothing was done. ${again}`,
  },
  malformed: {
    status: 400,
    title: 'This request is damaged',
    message: `The answer could not be read, so that nothing was done. ${again}`,
  },
} as const satisfies Record<ClosedReason | 'cross_site' | 'malformed', Omit<PageError, 'code'>>

/** The page for a reason. */
export function interactionError(reason: keyof typeof pageErrors): PageError {
  return { ...pageErrors[reason], code: `interaction_${reason}` }
}
