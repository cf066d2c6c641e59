/**
 * The command line against the real stack, as a user has it: start, route, run the pipeline, export, and then try to get a
 * forged file past the verifier.
 */
import { execFile } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANNOUNCED, DEMO_WORKERS } from '../../../src/cli/demo-content.ts';
import { type Guildhall, startGuildhall } from '../../../src/cli/start.ts';
import { guildhall, type Said } from '../../core/cli/terminal.ts';
import { catalogDocument, taxonomy, tombstone } from '../../support/taxonomy.ts';

const dir = mkdtempSync(join(tmpdir(), 'guildhall-cli-'));
const env = { GUILDHALL_DIR: dir };
const file = (name: string): string => join(dir, name);
let service: Guildhall;

const cli = (...args: readonly string[]): Promise<Said> => guildhall(args, { env });
const jsonOf = (said: Said) => JSON.parse(said.out);

beforeAll(async () => {
  service = await startGuildhall({ dir, port: 0 });
  writeFileSync(file('jwks.json'), JSON.stringify(service.demo.jwks));
});

afterAll(async () => {
  await service.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe('route', () => {
  test('the announced example: allowed, and its receipt verifies', async () => {
    const said = await cli('route', JSON.stringify(ANNOUNCED), '--json');
    expect(said.code).toBe(0);
    writeFileSync(file('receipt.json'), said.out);
    expect(await cli('verify', file('receipt.json'))).toMatchObject({ code: 0, err: '' });
  });

  test('with --proof the receipt shows its place in the tree', async () => {
    const said = await cli('route', JSON.stringify(ANNOUNCED), '--proof', '--json');
    writeFileSync(file('proved.json'), said.out);
    const verified = await cli('verify', file('proved.json'), '--require-proof', '--keys', file('jwks.json'));
    expect(verified.code).toBe(0);
    expect(verified.out).toContain('the operator runs this witness: it is not independent');
  });

  const flags = ['--data-label', 'INTERNAL', '--tenant-risk', 'low', '--qos', 'P2', '--tenant-id', 'acme'];
  test.each([
    [0, 'ALLOW', ['-c', 'cap.db.migrate', '-e', 'stage', '--dry-run']],
    [10, 'DENY_NO_MATCHING_RULE', ['-c', 'cap.no.such', '-e', 'dev']],
    [11, 'REQUIRE_APPROVAL', ['-c', 'cap.db.migrate', '-e', 'prod']],
  ])('exit code %d for %s', async (code, shown, args) => {
    const said = await cli('route', ...args, ...flags);
    expect(said).toMatchObject({ code, err: '' });
    expect(said.out).toContain(shown);
    expect(said.out).toMatch(/Receipt {6}[0-9a-f-]{36}/);
  });

  test('a request from a file; the same idempotency key gives the same bytes', async () => {
    writeFileSync(file('request.json'), JSON.stringify(ANNOUNCED));
    const args = ['route', `@${file('request.json')}`, '--idempotency-key', 'k1', '--json'];
    expect(await cli(...args)).toEqual(await cli(...args));
  });

  test('a refused key is 2 and says why', async () => {
    const said = await cli('route', '{}', '--key', 'guild_test_demo_wrong');
    expect(said).toMatchObject({ code: 2, out: '' });
    expect(said.err).toContain('401 unauthorized');
  });
});

describe('registry', () => {
  test('is made again from the ledgers, by the operator only', async () => {
    const all = jsonOf(await cli('registry', 'rebuild', '--json'));
    expect(all).toMatchObject({ unreadable: [] });
    expect(all.ledgers).toBeGreaterThanOrEqual(2);
    expect(all.entries).toBeGreaterThanOrEqual(DEMO_WORKERS.length);
    const rest = await cli('registry', 'rebuild', '--cursor', `tenant/${service.demo.tenant}`);
    expect(rest).toMatchObject({ code: 0, err: '' });
    expect(rest.out).toContain('Ledgers');
    expect(await cli('registry', 'rebuild', '--operator-key', 'nobody')).toMatchObject({ code: 2 });
    expect(await cli('registry', 'rebuild', '--cursor', 'elsewhere')).toMatchObject({ code: 2, out: '' });
  });
});

describe('catalog', () => {
  test('search, explain, import and export', async () => {
    const found = await cli('catalog', 'search', 'digest', 'document');
    expect(found.out).toContain('cap.doc.hash');
    const explained = await cli('catalog', 'explain', 'cap.doc.hash');
    expect(explained.out).toMatch(/Workers here\s+org\.example\.hasher/);
    expect(explained.out).toContain('rr_hash (routes)');
    writeFileSync(file('taxonomy.json'), JSON.stringify(taxonomy()));
    const imported = await cli('catalog', 'import', file('taxonomy.json'));
    expect(imported).toMatchObject({ code: 0, err: '' });
    expect(imported.out).toContain('127 capability, 48 species, 33 control, 4 policy, 33 profile');
    const gone = catalogDocument('1.1.0', [tombstone('cap.doc.hash', 'cap.doc.chunk')]);
    writeFileSync(file('gone.json'), JSON.stringify(gone));
    expect((await cli('catalog', 'import', file('gone.json'))).out).toMatch(/Tombstoned\s+cap\.doc\.hash/);
    const back = catalogDocument('1.2.0', [{ id: 'cap.doc.hash', status: 'active' }]);
    const refused = await guildhall(['catalog', 'import', '-'], { env, stdin: JSON.stringify(back) });
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('/entities/0/status  cap.doc.hash: status was published as "deprecated"');
    expect((await cli('catalog', 'explain', 'cap.doc.hash')).out).toMatch(/Superseded by\s*cap\.doc\.chunk/);
    expect((await cli('catalog', 'search', 'cap.doc.hash')).out).toContain('deprecated, see cap.doc.chunk');
    await cli('catalog', 'export', '--out', file('catalog.json'));
    const seen = jsonOf(await cli('route', JSON.stringify(ANNOUNCED), '--json')).evidence_receipt.entry.body.seen;
    const digest = createHash('sha256')
      .update(readFileSync(file('catalog.json')))
      .digest('hex');
    expect(seen.catalog).toEqual(['1.1.0', digest]);
  });
});

describe('attest', () => {
  test('a package signed with the secret of the namespace; its statement verifies, and everybody may ask', async () => {
    mkdirSync(file('package'));
    writeFileSync(join(file('package'), 'worker.py'), 'print(1)');
    const worker = DEMO_WORKERS[0]?.worker_id ?? '';
    const headers = { authorization: `Bearer ${service.demo.apiKey}`, 'content-type': 'application/json' };
    const shown = await fetch(`${service.url}/v1/namespaces/org.example/attestation-secret`, {
      method: 'POST',
      headers,
      body: '{}',
    });
    const { secret } = (await shown.json()) as { secret: string };
    const species = String(DEMO_WORKERS[0]?.worker_species_id);
    const args = ['attest', file('package'), '--worker', worker, '--species', species, '--version', '1.0.0'];
    const said = await guildhall([...args, '--out', file('statement.json')], {
      env: { ...env, WCP_ATTEST_HMAC_KEY: secret },
    });
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toContain('signed manifest verified');
    expect(await cli('verify', file('statement.json'))).toMatchObject({ code: 0, err: '' });
    writeFileSync(
      file('forged.json'),
      readFileSync(file('statement.json'), 'utf8').replace(worker, 'org.example.other'),
    );
    expect((await cli('verify', file('forged.json'))).out).toContain('signature_invalid');
    const verified = await fetch(`${service.url}/t/demo/api/v1/verify/${worker}`);
    const hash = (await cli('package-hash', file('package'))).out.trim();
    expect(await verified.json()).toMatchObject({ status: 'active', current_hash: hash });
    const wrong = await guildhall(args, { env: { ...env, WCP_ATTEST_HMAC_KEY: 'a guess' } });
    expect(wrong.err).toContain('ATTEST_SIG_INVALID');
  });
});

describe('enroll and bootstrap', () => {
  test('a new tenant, its key, a worker of its own', async () => {
    const created = await cli('bootstrap', '--tenant', 'acme-cli', '--name', 'Acme', '--environment', 'test', '--json');
    expect(created.code).toBe(0);
    const { api_key: key } = jsonOf(created);
    writeFileSync(file('worker.json'), JSON.stringify(DEMO_WORKERS[0]));
    const enrolled = await cli('enroll', file('worker.json'), '--key', key, '--json');
    expect(enrolled.code).toBe(0);
    writeFileSync(file('enrolled.json'), enrolled.out);
    expect((await cli('verify', file('enrolled.json'))).out).toContain('wcp.worker.enrolled');
    const again = await cli('enroll', file('worker.json'), '--published', '--key', key);
    expect(again.code).toBe(0);
    expect(again.out).toContain('org.example.summarizer');
    const twice = await cli('bootstrap', '--tenant', 'acme-cli', '--name', 'Acme');
    expect(twice.code).toBe(2);
    expect(twice.err).toContain('already_exists');
  });
});

describe('the demo', () => {
  test('five workers, chain 1 1 2 2 4, five receipts, every outcome; four named failures', async () => {
    const said = await cli('demo', '--json');
    const { ok, steps, failures } = jsonOf(said);
    expect(steps.map((step: { blast_chain_sum: number }) => step.blast_chain_sum)).toEqual([1, 1, 2, 2, 4]);
    expect(new Set(steps.map((step: { receipt_id: string }) => step.receipt_id)).size).toBe(5);
    expect(steps.map((step: { outcome: string }) => step.outcome)).toEqual(Array(5).fill('completed'));
    expect(failures.map((failure: { named: string }) => failure.named)).toEqual([
      'DENY_REQUIRES_HUMAN',
      'outcome_missing',
      'DENY_NO_MATCHING_RULE',
      'DENY_MISSING_REQUIRED_CONTROLS',
    ]);
    expect({ ok, code: said.code }).toEqual({ ok: true, code: 0 });
    const answer = await fetch(`${service.url}/v1/settings`, {
      headers: { authorization: `Bearer ${service.demo.apiKey}` },
    });
    expect(await answer.json()).toMatchObject({ settings: { outcome_deadline_s: 900 } });
  });
});

describe('export, verify, replay', () => {
  test('hold, also when written to at the same time', async () => {
    const body = JSON.stringify(ANNOUNCED);
    const traffic = Array.from({ length: 60 }, () => cli('route', body, '--json'));
    const exports = ['a', 'b', 'c', 'd'].map((name) => cli('export', '--out', file(`${name}.ndjson`)));
    for (const { code } of await Promise.all([...traffic, ...exports])) expect(code).toBe(0);
    for (const name of ['a', 'b', 'c', 'd']) {
      const verified = await cli('verify', file(`${name}.ndjson`), '--replay');
      expect(verified.out).toContain('✓ demo holds');
      expect(verified.code).toBe(0);
    }
  });

  test('through the shell, with the service out of reach, on a pipe', async () => {
    await cli('export', '--out', file('ledger.ndjson'));
    const entry = join(import.meta.dirname, '../../../src/cli/guildhall.ts');
    const offline = { ...process.env, GUILDHALL_DIR: file('empty'), GUILDHALL_URL: 'http://127.0.0.1:9' };
    const run = promisify(execFile);
    const verified = await run(
      process.execPath,
      [entry, 'verify', file('ledger.ndjson'), '--keys', file('jwks.json')],
      {
        env: offline,
      },
    );
    expect(verified.stdout).toContain('✓ demo holds');
    const replayed = await run('sh', ['-c', `cat ledger.ndjson | "$0" "$1" replay - --json`, process.execPath, entry], {
      cwd: dir,
      env: offline,
    });
    expect(JSON.parse(replayed.stdout)).toMatchObject({ ok: true });
  });
});

describe('a forged export is named', () => {
  let lines: string[];
  let entries: number;
  let firstEntry: number;

  beforeAll(async () => {
    await cli('export', '--out', file('ledger.ndjson'));
    lines = readFileSync(file('ledger.ndjson'), 'utf8').slice(0, -1).split('\n');
    firstEntry = lines.findIndex((line) => line.startsWith('{"entry":'));
    entries = lines.filter((line) => line.startsWith('{"entry":')).length;
  });

  /** The last line made right again, as somebody does who knows the format. */
  const resealed = (body: Uint8Array): Uint8Array => {
    const sha256 = createHash('sha256').update(body).digest('hex');
    return Buffer.concat([body, Buffer.from(`${JSON.stringify({ entries, kind: 'end', sha256 })}\n`)]);
  };
  const bodyOf = (list: readonly string[]): Buffer => Buffer.from(`${list.slice(0, -1).join('\n')}\n`);
  const verdict = async (stdin: Uint8Array) => {
    const { code, out } = await guildhall(['verify', '-', '--json'], { env, stdin });
    return { code, ...(JSON.parse(out) as { ok: boolean; label?: string; line?: number; seq?: number }) };
  };
  const seqAt = (line: number): number => line - firstEntry + 1;

  test('as it is, it holds', async () => {
    expect(await verdict(resealed(bodyOf(lines)))).toMatchObject({ code: 0, ok: true });
  });

  test('a bit of any byte, in 40 random places', async () => {
    const body = bodyOf(lines);
    for (let round = 0; round < 40; round++) {
      const place = randomInt(body.length);
      const forged = Buffer.from(body);
      forged[place] = (body[place] ?? 0) ^ (1 << randomInt(8));
      const line = body.subarray(0, place).filter((byte) => byte === 0x0a).length;
      const said = await verdict(resealed(forged));
      expect(said, `bit at ${place}, line ${line + 1}`).toMatchObject({
        code: 1,
        ok: false,
        label: expect.any(String),
      });
      // A header or a newline may be seen later than where it stands; an entry is named itself.
      const isInEntry = line >= firstEntry && line < firstEntry + entries && body[place] !== 0x0a;
      if (isInEntry) expect(said, `bit at ${place}`).toMatchObject({ line: line + 1, seq: seqAt(line) });
    }
  });

  test('a bit of any byte, and the last line as it was', async () => {
    const whole = readFileSync(file('ledger.ndjson'));
    for (let round = 0; round < 40; round++) {
      const place = randomInt(whole.length);
      const forged = Buffer.from(whole);
      forged[place] = (whole[place] ?? 0) ^ (1 << randomInt(8));
      expect(await verdict(forged), `bit at ${place}`).toMatchObject({ code: 1, ok: false, label: expect.any(String) });
    }
  });

  test.each(['dropped', 'swapped', 'doubled', 'moved to the end'] as const)('an entry %s, 10 times', async (how) => {
    for (let round = 0; round < 10; round++) {
      const at = firstEntry + randomInt(entries - 1);
      const forged = [...lines];
      const [entry = ''] = forged.splice(at, 1);
      if (how === 'swapped') forged.splice(at + 1, 0, entry);
      else if (how === 'doubled') forged.splice(at, 0, entry, entry);
      else if (how === 'moved to the end') forged.splice(firstEntry + entries - 1, 0, entry);
      const seq = how === 'doubled' ? seqAt(at) + 1 : seqAt(at);
      const said = await verdict(resealed(bodyOf(forged)));
      expect(said, `entry ${seqAt(at)}`).toMatchObject({ code: 1, ok: false, label: 'chain_gap', seq });
    }
  });

  test('the last entries left out together with their checkpoints, and the header made right', async () => {
    const header = JSON.parse(lines[0] ?? '');
    const shorter = lines.filter((line) => !line.startsWith('{"kind":"checkpoint"'));
    shorter.splice(firstEntry + entries - 1, 1);
    shorter[0] = JSON.stringify({ ...header, to: entries - 1 });
    entries--;
    const said = await verdict(resealed(bodyOf(shorter)));
    entries++;
    expect(said).toMatchObject({ code: 1, label: 'checkpoint_invalid', seq: 1 });
  });
});
