/** The page about oneself: who is logged in, since when, and the ways out. */
import { Actions, Badge, Button, Card, KeyValues, Notice, PostForm, TextLink } from '#base/page.js'

import type { CurrentScope } from '../../current-scope.js'
import { momentText } from '../../moment.js'
import { renderSigraPage } from '../../pages.js'
import type { Server } from '../../server.js'

/** What the settings page shows. */
export interface SettingsPage {
  readonly scope: CurrentScope
  /** True right after the other sessions were ended. */
  readonly othersEnded: boolean
}

/** Who you are, since when you are logged in, log out here and elsewhere. */
export function settingsPage(server: Server, { scope, othersEnded }: SettingsPage): string {
  const { user, session, authentication } = scope
  return renderSigraPage(server, {
    title: 'Your account',
    wide: true,
    headerAside: <span>{user.email}</span>,
    below: <TextLink href={server.config.landingPath}>Back to {server.config.brand.name}</TextLink>,
    children: (
      <>
        {othersEnded && (
          <Notice kind="ok" focus>
            You are logged out everywhere but here.
          </Notice>
        )}
        <Card title="You">
          <KeyValues
            items={[
              {
                key: 'Email address',
                value: (
                  <>
                    {user.email}{' '}
                    {user.confirmedAt === null ? (
                      <Badge tone="warn">Not confirmed</Badge>
                    ) : (
                      <Badge tone="ok">Confirmed</Badge>
                    )}
                  </>
                ),
              },
              { key: 'Account since', value: moment(user.createdAt) },
            ]}
          />
        </Card>
        <Card title="This browser">
          <KeyValues
            items={[
              { key: 'Logged in', value: moment(authentication.authenticatedAt) },
              { key: 'Stays logged in', value: session.isRemembered ? 'Yes, on this device' : 'No' },
              { key: 'Logged in until', value: moment(session.expiresAt) },
            ]}
          />
          <Actions>
            <PostForm action="/users/log_out" inline>
              <Button kind="plain">Log out</Button>
            </PostForm>
            <PostForm action="/users/settings/end_other_sessions" inline>
              <Button kind="plain">Log out everywhere else</Button>
            </PostForm>
          </Actions>
        </Card>
      </>
    ),
  })
}

function moment(at: Date) {
  return <time datetime={at.toISOString()}>{momentText(at)}</time>
}
