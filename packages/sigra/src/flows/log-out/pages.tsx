/** The pages around logging out. */
import type { LocalPath } from '#base/local-path.js'
import { Button, ButtonLink, PostForm, TextLink } from '#base/page.js'

import { renderSigraPage } from '../../pages.js'
import type { Server } from '../../server.js'

/** Asks before logging out, for those who came by a link. */
export function confirmLogOutPage(
  server: Server,
  page: { readonly email: string | null; readonly returnTo: LocalPath | null },
): string {
  const product = server.config.brand.name
  const below = <TextLink href={server.config.landingPath}>Back to {product}</TextLink>
  if (page.email === null)
    return renderSigraPage(server, { title: 'You are not logged in', below, children: <LogIn /> })
  return renderSigraPage(server, {
    title: 'Log out',
    heading: `Log out of ${product}?`,
    lead: `You are logged in as ${page.email}.`,
    below,
    children: (
      <PostForm action="/users/log_out">
        {page.returnTo !== null && <input type="hidden" name="return_to" value={page.returnTo} />}
        <Button>Log out</Button>
      </PostForm>
    ),
  })
}

function LogIn() {
  return (
    <ButtonLink kind="plain" href="/users/log_in">
      Log in
    </ButtonLink>
  )
}

/** Says that it is done. */
export function loggedOutPage(server: Server): string {
  return renderSigraPage(server, {
    title: 'You are logged out',
    lead: 'On a shared computer, close the browser as well.',
    children: (
      <ButtonLink kind="plain" href="/users/log_in">
        Log in again
      </ButtonLink>
    ),
  })
}
