/** Style rules of what a person types into and presses. */

export const controlRules = `
  button,input,select,textarea{font:inherit;color:inherit;letter-spacing:inherit}
  .form{display:grid;gap:1.25rem}
  .form.inline{display:inline-grid}
  .field{display:grid;gap:.375rem}
  .label-line{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:0 1rem}
  label{font-weight:600;font-size:.875rem}
  label .muted{font-weight:400}
  .aside{font-size:.875rem}
  .hint,.field-error{font-size:.875rem}
  .hint{color:var(--muted)}
  .field-error{color:var(--danger);font-weight:600}
  .field-error::before{content:"\\26A0\\FE0E";margin-inline-end:.375rem;font-weight:400}

  .input{
    display:block;width:100%;min-width:0;min-height:2.75rem;padding:.5rem .75rem;
    background:var(--raised);border:1px solid var(--edge);border-radius:.5rem;
    transition:border-color .12s,box-shadow .12s
  }
  textarea.input{min-height:6rem;resize:vertical}
  .input:hover{border-color:var(--muted)}
  .input:focus-visible{outline:2px solid var(--brand-text);outline-offset:2px;border-radius:.5rem}
  .input[readonly],.input:disabled{background:var(--sunken);color:var(--muted)}
  .input::placeholder{color:var(--muted);opacity:1}
  .invalid .input,.input[aria-invalid=true]{border-color:var(--danger);box-shadow:inset 0 0 0 1px var(--danger)}
  .input.code{
    font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;
    font-size:1.5rem;line-height:1.25;letter-spacing:.25em;font-variant-numeric:tabular-nums
  }
  select.input{
    appearance:none;padding-inline-end:2.5rem;
    background-image:linear-gradient(45deg,#0000 50%,var(--muted) 50%),linear-gradient(135deg,var(--muted) 50%,#0000 50%);
    background-size:.375rem .375rem;background-repeat:no-repeat;
    background-position:calc(100% - 1.125rem) 55%,calc(100% - .75rem) 55%
  }
  [dir=rtl] select.input{background-position:.75rem 55%,1.125rem 55%}
  .password{position:relative}
  .password .reveal:not([hidden]){
    position:absolute;inset-block:.25rem;inset-inline-end:.25rem;min-width:3.5rem;padding:0 .75rem;
    border:0;border-radius:.375rem;background:none;color:var(--brand-text);font-size:.875rem;font-weight:600;cursor:pointer
  }
  .password .reveal:hover{background:var(--sunken)}
  .password:has(.reveal:not([hidden])) .input{padding-inline-end:5rem}
  .password .input::-ms-reveal{display:none}

  .choice{display:grid;grid-template-columns:auto 1fr;gap:0 .75rem;align-items:start}
  .choice input{width:1.25rem;height:1.25rem;margin:.125rem 0}
  .choice label{font-weight:400;font-size:1rem;display:block}

  .button{
    display:inline-flex;align-items:center;justify-content:center;min-height:2.75rem;padding:.5rem 1.125rem;
    border:1px solid #0000;border-radius:.5rem;font-weight:600;line-height:1.25;text-align:center;text-decoration:none;
    cursor:pointer;position:relative;touch-action:manipulation;transition:background-color .12s,border-color .12s
  }
  .button.primary{background:var(--brand);color:var(--on-brand);border-color:var(--brand-edge)}
  .button.primary:hover{background:var(--brand-hover)}
  .button.plain{background:var(--raised);color:var(--text);border-color:var(--edge)}
  .button.plain:hover{background:var(--sunken)}
  .button.danger{background:var(--danger-fill);color:#fff}
  .button.danger:hover{background:var(--danger-hover)}
  .button.small{min-height:2.25rem;padding:.25rem .75rem;font-size:.875rem;white-space:nowrap}
  .button:focus-visible{border-radius:.5rem}
  .button:disabled{background:var(--sunken);color:var(--muted);border-color:var(--line);cursor:not-allowed}
  .button[aria-busy=true]{cursor:progress}
  .button[aria-busy=true] .button-words{opacity:.35}
  .button[aria-busy=true]::after{
    content:"";position:absolute;width:1.125rem;height:1.125rem;border-radius:50%;
    border:2px solid currentcolor;border-inline-start-color:#0000;animation:turn .8s linear infinite
  }
  @keyframes turn{to{transform:rotate(1turn)}}
  .panel>.button,.panel .form>.button{width:100%}
  .wide .form>.button{justify-self:start}
  .actions{display:flex;flex-wrap:wrap;gap:.75rem}
  .panel .actions>*{flex:1 1 8rem}
  .panel .actions .button{width:100%}

  @media (max-width:30rem){
    .wide .form>.button,.actions>.button{width:100%}
  }
  @media (pointer:coarse){.button.small{min-height:2.75rem}}
  @media (prefers-reduced-motion:reduce){
    *,*::before,*::after{transition:none!important;animation:none!important}
    .button[aria-busy=true]::after{border-style:dotted;border-inline-start-color:currentcolor}
  }
  @media (forced-colors:active){
    .button{border-color:ButtonText}
    .button:disabled{border-color:GrayText;color:GrayText}
    .input{border-color:FieldText}
    .input[aria-invalid=true]{outline:1px solid Mark;outline-offset:-3px}
    select.input{appearance:auto;background-image:none}
  }
`
