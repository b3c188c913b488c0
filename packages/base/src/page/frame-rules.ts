/** Style rules of the frame: type, page, header, columns, cards. */

export const frameRules = `
  *,*::before,*::after{box-sizing:border-box}
  :root{color-scheme:light dark;accent-color:var(--brand-text);-webkit-text-size-adjust:100%;text-size-adjust:100%}
  body{
    margin:0;min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;
    font:400 1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif;
    background:var(--surface);color:var(--text);
    overflow-wrap:break-word
  }
  h1,h2,h3,p,ul,ol,dl,dd,figure{margin:0}
  h1{font-size:1.5rem;font-weight:600;line-height:1.25;letter-spacing:-.01em;text-wrap:balance}
  h2{font-size:1.25rem;font-weight:600;line-height:1.3}
  h3{font-size:1rem;font-weight:600}
  ul,ol{padding-inline-start:1.25rem}
  img{max-width:100%}
  strong{font-weight:600}
  code,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.875rem}
  [hidden]{display:none!important}
  .muted,.lead{color:var(--muted)}
  .unseen{
    position:absolute!important;width:1px;height:1px;margin:-1px;padding:0;border:0;
    overflow:hidden;clip-path:inset(50%);white-space:nowrap
  }
  :focus{outline:none}
  :focus-visible{outline:2px solid var(--brand-text);outline-offset:2px;border-radius:.25rem}
  .link{color:var(--brand-text);text-underline-offset:.2em;text-decoration-thickness:1px}
  .link:hover{text-decoration-thickness:2px}
  .skip{
    position:absolute;inset-inline-start:1rem;inset-block-start:-4rem;z-index:1;
    padding:.5rem 1rem;background:var(--raised);color:var(--brand-text);border-radius:.5rem
  }
  .skip:focus{inset-block-start:1rem}

  .page-header{
    display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1rem;
    padding:.75rem max(1rem,env(safe-area-inset-left))
  }
  .brand{display:inline-flex;align-items:center;gap:.625rem;min-height:2rem;font-weight:600;color:inherit;text-decoration:none}
  .brand img{height:2rem;width:auto;max-width:10rem;object-fit:contain}
  .header-aside{overflow-wrap:anywhere;margin-inline-start:auto;font-size:.875rem;color:var(--muted);display:flex;align-items:center;gap:.75rem;min-width:0}

  .narrow .page-header{justify-content:center;padding-block:clamp(1.5rem,8vh,5rem) 1.5rem}
  .narrow .header-aside{margin-inline:0;flex-basis:100%;justify-content:center}
  .narrow .column{width:min(100%,26rem);margin-inline:auto;padding-inline:1rem}
  .panel{
    display:grid;grid-template-columns:minmax(0,1fr);gap:1.25rem;padding:2rem;
    background:var(--raised);border:1px solid var(--line);border-radius:.5rem;box-shadow:0 1px 3px var(--shadow)
  }
  .panel>*,.card>*{min-width:0}
  .below{margin-block-start:1.5rem;text-align:center;color:var(--muted);font-size:.875rem}
  .heading{display:grid;gap:.5rem;overflow-wrap:anywhere}

  .wide .page-header{
    background:var(--raised);border-block-end:1px solid var(--line);
    padding-inline:max(1rem,(100% - 60rem)/2)
  }
  .unlisted .page-header{padding-inline:max(1rem,(100% - 44rem)/2)}
  .columns{display:grid;grid-template-columns:minmax(0,1fr);gap:1.5rem;width:min(100%,62rem);margin-inline:auto;padding:1.5rem 1rem 3rem}
  .columns.single{width:min(100%,46rem)}
  .wide .column{display:grid;grid-template-columns:minmax(0,1fr);gap:1.5rem;align-content:start;min-width:0;max-width:44rem}
  .card{
    display:grid;grid-template-columns:minmax(0,1fr);gap:1.25rem;padding:1.5rem;
    background:var(--raised);border:1px solid var(--line);border-radius:.5rem;box-shadow:0 1px 3px var(--shadow)
  }
  .card>h2+.lead{margin-block-start:-1rem}
  .card.danger{border-color:var(--danger);border-color:color-mix(in srgb,var(--danger) 50%,var(--raised))}
  .narrow .card{
    padding:1.25rem 0 0;gap:.75rem;border:0;border-block-start:1px solid var(--line);border-radius:0;box-shadow:none;background:none
  }
  .narrow .card h2{font-size:1rem;line-height:1.5}
  .narrow .card h3{font-size:.875rem;color:var(--muted)}
  .narrow .card>h2+.lead{margin-block-start:-.625rem;font-size:.875rem}

  .sections{min-width:0}
  .sections ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.25rem}
  .sections a{
    display:flex;align-items:center;min-height:2.75rem;padding:.25rem .75rem;border-radius:.5rem;
    color:var(--muted);text-decoration:none;white-space:nowrap
  }
  .sections a:hover{background:var(--sunken);color:var(--text)}
  .sections [aria-current]{background:var(--raised);box-shadow:inset 0 0 0 1px var(--line);color:var(--text);font-weight:600}

  .page-footer{
    margin-block-start:auto;padding:2rem 1rem;text-align:center;font-size:.875rem;color:var(--muted);
    display:flex;flex-wrap:wrap;justify-content:center;gap:.25rem 1.25rem
  }
  .page-footer:empty{padding-block:1rem}

  @media (min-width:60rem){
    .columns:not(.single){grid-template-columns:13rem minmax(0,44rem);gap:3rem;padding-block-start:2.5rem}
    .columns.single{padding-block-start:2.5rem}
    .sections{position:sticky;inset-block-start:1.5rem;align-self:start}
    .sections ul{flex-flow:column}
    .sections a{min-height:2.25rem}
  }
  @media (max-width:30rem){
    .narrow .page-header{padding-block:1.25rem 1rem}
    .panel{padding:1.5rem 1.25rem}
    .card{padding:1.25rem}
  }
  @media (forced-colors:active){
    .sections [aria-current]{outline:1px solid LinkText;outline-offset:-1px}
  }
  @media print{
    body{background:#fff;color:#000}
    .page-header,.page-footer,.sections,.button,.skip{display:none}
    .panel,.card{border:0;box-shadow:none;padding:0}
  }
`
