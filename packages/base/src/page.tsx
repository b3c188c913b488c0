/** Pages for people: the frame and its parts, rendered on the server, working without script. */
export type { Brand } from './page/brand.js'
export { Actions, Button, ButtonLink, PostForm, type ButtonKind } from './page/button.js'
export { ChoiceField, CodeField, Field, PasswordField, SelectField, type FieldFrame } from './page/field.js'
export { Card, Divider, Page, renderPage, type Markup, type PageProps, type PageSection } from './page/frame.js'
export { safeHref, TextLink } from './page/link.js'
export { Badge, Empty, KeyValues, Table, type BadgeTone, type TableColumn } from './page/list.js'
export { ErrorSummary, Notice, type NoticeKind } from './page/notice.js'
