/** Style rules of notices, lists, tables and badges. */

export const partRules = `
  .notice{
    display:grid;grid-template-columns:auto minmax(0,1fr);gap:.625rem;padding:.75rem .875rem;
    border:1px solid;border-color:color-mix(in srgb,currentcolor 35%,#0000);border-radius:.5rem;font-size:.875rem
  }
  .notice:focus{outline:2px solid currentcolor;outline-offset:-1px;border-radius:.5rem}
  .notice::before{
    content:"i";display:grid;place-items:center;width:1.25rem;height:1.25rem;margin-block-start:.0625rem;border-radius:50%;
    border:1.5px solid currentcolor;font:600 .75rem/1 system-ui,sans-serif
  }
  .notice-words{color:var(--text);display:grid;gap:.25rem;overflow-wrap:anywhere}
  .notice-title{font-weight:600}
  .notice.info{color:var(--brand-text);background:var(--sunken);border-color:var(--line)}
  .notice.ok{color:var(--ok);background:var(--ok-soft)}
  .notice.warn{color:var(--warn);background:var(--warn-soft)}
  .notice.error{color:var(--danger);background:var(--danger-soft)}
  .notice.ok::before{content:"\\2713"}
  .notice.warn::before,.notice.error::before{content:"!"}
  .notice .link{color:inherit}

  .divider{display:flex;align-items:center;gap:.75rem;color:var(--muted);font-size:.875rem}
  .divider::before,.divider::after{content:"";flex:1;border-block-start:1px solid var(--line)}

  .key-values{display:grid}
  .key-values>div{
    display:grid;grid-template-columns:minmax(0,1fr);gap:.125rem 1.5rem;padding-block:.875rem;border-block-start:1px solid var(--line)
  }
  .key-values>div:first-child{border-block-start:0;padding-block-start:0}
  .key-values>div:last-child{padding-block-end:0}
  .key-values dt{color:var(--muted);font-size:.875rem}
  .key-values .act{margin-block-start:.375rem}
  .trace{display:grid;gap:.25rem;padding-block-start:1rem;border-block-start:1px solid var(--line);font-size:.875rem;color:var(--muted)}
  .trace>div{display:flex;flex-wrap:wrap;gap:0 .5rem}
  .trace dt::after{content:":"}
  .trace dd{overflow-wrap:anywhere;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}

  .badge{
    display:inline-block;padding:0 .5rem;border-radius:1rem;border:1px solid;border-color:color-mix(in srgb,currentcolor 35%,#0000);font-size:.8125rem;line-height:1.375rem;
    font-weight:600;white-space:nowrap
  }
  .badge.neutral{color:var(--muted);background:var(--sunken);border-color:var(--line)}
  .badge.ok{color:var(--ok);background:var(--ok-soft)}
  .badge.warn{color:var(--warn);background:var(--warn-soft)}
  .badge.danger{color:var(--danger);background:var(--danger-soft)}

  .table-frame{position:relative;overflow-x:auto;border:1px solid var(--line);border-radius:.5rem;background:var(--raised)}
  table{width:100%;border-collapse:collapse;font-size:.875rem}
  caption{text-align:start;font-weight:600;padding:.75rem .875rem 0}
  th,td{padding:.75rem .875rem;text-align:start;vertical-align:middle;border-block-end:1px solid var(--line)}
  th{font-weight:600;color:var(--muted);white-space:nowrap;background:var(--sunken)}
  caption:not(.unseen)~thead th{background:none}
  tbody tr:last-child td{border-block-end:0}
  tbody tr:hover{background:color-mix(in srgb,var(--sunken) 60%,#0000)}
  td.end,th.end{text-align:end;font-variant-numeric:tabular-nums}
  .sort{color:inherit;text-decoration:none}
  .sort:hover{text-decoration:underline}
  .sort.ascending::after{content:" \\2191"}
  .sort.descending::after{content:" \\2193"}
  .pager{display:flex;justify-content:end;gap:.5rem}
  .empty{
    display:grid;justify-items:center;gap:1rem;padding:2rem 1rem;text-align:center;color:var(--muted);
    border:1px dashed var(--line);border-radius:.5rem
  }

  @media (max-width:39.99rem){
    .table-frame{border:0;border-radius:0;background:none}
    table,tbody,tr,td,caption{display:block}
    caption:not(.unseen){padding:0 0 .5rem}
    thead:not(:has(.sort)),thead th:not(:has(.sort)){display:none}
    thead tr{display:flex;flex-wrap:wrap;gap:0 1rem}
    thead,th{display:block;background:none;border:0}
    th{padding:.25rem 0}
    tbody tr{padding-block:.75rem;border-block-end:1px solid var(--line)}
    tbody tr:last-child{border-block-end:0;padding-block-end:0}
    tbody tr:hover{background:none}
    td{padding:.125rem 0;border:0}
    td.end{text-align:start}
    td.blank{display:none}
    td[data-label]{display:grid;grid-template-columns:6rem minmax(0,1fr);gap:0 .75rem}
    td[data-label]::before{content:attr(data-label);color:var(--muted)}
    td:not([data-label])>div{margin-block-start:.5rem}
  }
  @media (min-width:40rem){
    .wide .key-values>div{grid-template-columns:10rem minmax(0,1fr) auto;align-items:center}
    .wide .key-values .act{margin:0}
  }
  @media (forced-colors:active){
    .notice,.badge{border-color:CanvasText}
    .notice::before{forced-color-adjust:auto}
  }
`
