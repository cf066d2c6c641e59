/** The style of the documentation pages, light and dark. Any change changes the hash that the pages admit it by. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1c2430, #dfe5ee); --soft: light-dark(#5a6676, #97a3b4); --line: light-dark(#dfe4ea, #2b3442);
  --page: light-dark(#ffffff, #10151d); --card: light-dark(#f6f8fa, #171e29); --link: light-dark(#0a57b8, #79b3ff);
  --get: light-dark(#0b6b45, #5fd39b); --post: light-dark(#0a57b8, #79b3ff); --put: light-dark(#8a5200, #f0b45a);
  --delete: light-dark(#a8232b, #ff8d92);
}
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, sans-serif }
a { color: var(--link); text-decoration: none }
a:hover { text-decoration: underline }
code, pre, .path { font: 13px/1.5 ui-monospace, 'SF Mono', Consolas, monospace }
.frame { display: grid; grid-template-columns: 300px minmax(0, 1fr); min-height: 100vh }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 20px 12px 40px 20px;
  border-right: 1px solid var(--line); background: var(--card) }
nav h2 { margin: 18px 0 4px; font-size: 12px; letter-spacing: .04em; text-transform: uppercase; color: var(--soft) }
nav ul { margin: 0; padding: 0; list-style: none }
nav li a { display: flex; gap: 8px; padding: 2px 0; color: var(--ink); font-size: 13px }
nav .path { overflow-wrap: anywhere; font-size: 12px }
.brand { font-weight: 650; font-size: 17px; color: var(--ink) }
main { max-width: 940px; padding: 28px 40px 90px }
h1 { margin: 0 0 6px; font-size: 27px }
h2 { margin: 48px 0 6px; font-size: 21px }
h3 { margin: 0; font-size: 16px; font-weight: 600 }
h4 { margin: 14px 0 4px; font-size: 12px; letter-spacing: .04em; text-transform: uppercase; color: var(--soft) }
p { margin: 6px 0 }
.soft { color: var(--soft) }
.operation { margin: 16px 0; padding: 14px 18px 16px; border: 1px solid var(--line); border-radius: 8px;
  scroll-margin-top: 12px }
.operation .path { display: flex; gap: 10px; align-items: baseline; margin-top: 2px; font-size: 13.5px;
  overflow-wrap: anywhere }
.verb { flex: none; width: 52px; font: 700 11px/1.6 ui-monospace, Consolas, monospace; text-transform: uppercase }
.get { color: var(--get) } .post { color: var(--post) } .put, .patch { color: var(--put) } .delete { color: var(--delete) }
pre { margin: 6px 0; padding: 10px 12px; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--card); border-radius: 6px }
details > summary { cursor: pointer; color: var(--soft); font-size: 13px }
.members { margin: 4px 0; padding: 0; list-style: none; border-left: 2px solid var(--line) }
.members li { padding: 3px 0 3px 12px }
.type { color: var(--soft); font-size: 13px; overflow-wrap: anywhere }
.required { color: var(--delete); font-size: 12px }
table { width: 100%; border-collapse: collapse; font-size: 14px }
th, td { padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th { font-size: 12px; color: var(--soft) }
td code { overflow-wrap: anywhere }
tr:target, .operation:target, .schema:target { outline: 2px solid var(--link); outline-offset: 2px }
.schema { margin: 14px 0; scroll-margin-top: 12px }
@media (max-width: 800px) {
  .frame { display: block }
  nav { position: static; height: auto; max-height: 40vh; border-right: 0; border-bottom: 1px solid var(--line) }
  main { padding: 20px 16px 60px }
}
@media print { nav { display: none } .frame { display: block } .operation { break-inside: avoid } }
`;
