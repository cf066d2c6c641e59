/** What `npm start` says: where it is, who may come in, and the first two things to try. */
import { styleText } from 'node:util';

export interface WelcomeFacts {
  readonly url: string;
  readonly tenant?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly approverKey?: string | undefined;
  readonly signIn?: { readonly email: string; readonly password: string } | undefined;
  readonly startedInMs: number;
  readonly demoFile?: string | undefined;
}

/** The announcement's own example, as the README prints it too. */
const EXAMPLE = {
  capability_id: 'cap.doc.summarize',
  env: 'prod',
  data_label: 'CONFIDENTIAL',
  tenant_risk: 'low',
  qos_class: 'P2',
  tenant_id: 'acme-corp',
};

export const curlExample = (url: string, apiKey: string): string =>
  [
    `curl -s ${url}/wcp/route -H 'content-type: application/json' \\`,
    `  -H 'authorization: Bearer ${apiKey}' \\`,
    `  -d '${JSON.stringify(EXAMPLE)}' \\`,
    '  | tee .wrangler/receipt.json',
  ].join('\n');

export const VERIFY_EXAMPLE = 'npx guildhall verify .wrangler/receipt.json';

const indented = (text: string): string => text.replace(/^/gm, '    ');

export const welcome = ({ url, tenant, apiKey, approverKey, signIn, startedInMs, demoFile }: WelcomeFacts): string => {
  const rows: [string, string][] = [
    ['Tenant', tenant ?? ''],
    ['API key', apiKey ?? ''],
    [
      'Approver',
      approverKey === undefined ? '' : `${approverKey}  answers what waits: nobody approves what they asked for`,
    ],
    ['Dashboard', `${url}/app`],
    ['Sign in', signIn === undefined ? '' : `${signIn.email}  ${signIn.password}`],
    ['Mail', `${url}/outbox, in place of sending it`],
    ['Docs', `${url}/docs`],
  ];
  return [
    '',
    `  ${styleText('bold', 'Guildhall')} is open at ${styleText(['bold', 'cyan'], url)}  ${styleText('dim', `(${(startedInMs / 1000).toFixed(1)} s)`)}`,
    '',
    ...rows
      .filter(([, value]) => value !== '')
      .map(([label, value]) => `  ${styleText('dim', label.padEnd(11))}${value}`),
    ...(apiKey === undefined
      ? []
      : [
          '',
          '  Ask for a capability:',
          '',
          indented(curlExample(url, apiKey)),
          '',
          '  Check the receipt, offline:',
          '',
          indented(VERIFY_EXAMPLE),
        ]),
    '',
    `  ${styleText('dim', `${demoFile === undefined ? '' : `The same as JSON: ${demoFile}. `}Ctrl-C stops.`)}`,
    '',
    '',
  ].join('\n');
};
