/** The README's tour, command by command, as a stranger would paste it, against the stack that `npm start` serves. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inRoot, ROOT } from '../../src/cli/paths.ts';
import { type Guildhall, startGuildhall } from '../../src/cli/start.ts';

let dir: string;
let guildhall: Guildhall;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'guildhall-tour-'));
  guildhall = await startGuildhall({ dir });
});
afterAll(async () => {
  await guildhall.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** The shell blocks between the tour's marks, with the state folder of this test in the place of `.wrangler`. */
const tour = (): string[] => {
  const marked = /<!-- tour -->([\s\S]*?)<!-- \/tour -->/.exec(readFileSync(inRoot('README.md'), 'utf8'))?.[1] ?? '';
  return [...marked.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) =>
    block.replaceAll("'./.wrangler/", `'${dir}/`).replaceAll('.wrangler/', `${dir}/`),
  );
};

const paste = (script: string) => {
  const run = spawnSync('bash', ['-c', `set -eo pipefail\n${script}`], {
    cwd: ROOT,
    env: { ...process.env, GUILDHALL_DIR: dir, NO_COLOR: '1' },
    encoding: 'utf8',
    timeout: 100_000,
  });
  return { ...run, said: `${run.stdout}${run.stderr}` };
};

test('every command of the tour works, and shows what the tour says it shows', () => {
  const blocks = tour();
  expect(blocks.length).toBe(4);
  const [first = '', ...others] = blocks;
  // One shell per block, as one terminal: the key and the address of the first are there for the others.
  const exports = first
    .split('\n')
    .filter((line) => line.startsWith('export '))
    .join('\n');
  const decided = paste(first);
  expect(decided.status, decided.said).toBe(0);
  expect(decided.said).toContain('DISPATCH');
  expect(decided.said).toContain('org.example.summarizer');

  const [denials = '', ledger = '', job = ''] = others.map((block) => `${exports}\n${block}`);
  const denied = paste(denials);
  expect(denied.status, denied.said).toBe(0);
  expect(denied.stdout).toMatch(/DENY_NO_MATCHING_RULE[\s\S]*cap\.doc\.summarize[\s\S]*exit code 10\n/);
  expect(denied.stdout).toContain('exit code 11\n');
  expect(denied.stdout).toContain('chain');

  const verified = paste(ledger);
  expect(verified.status, verified.said).toBe(0);
  expect(verified.stdout).toMatch(/binding_failed\s+line \d+, seq \d+[\s\S]*refused\s*$/);

  // The announcement's three calls, as they were printed but for base URL and credentials.
  const governed = paste(job);
  expect(governed.status, governed.said).toBe(0);
  expect(governed.stdout).toContain('"status":"approval_required"');
  expect(governed.stdout).toMatch(/"items":\[\{[\s\S]*"approval_status":"pending"/);
  expect(governed.stdout).toContain('"state":"SCHEDULED"');
});
