/**
 * P16: judging an API key inside the isolate: pattern, checksum, HMAC tag, SHA-256. Timed from outside, since the
 * runtime's own clock stands still while code runs. A key that we did not mint must not wake any object.
 */
import type { Bench, BenchRun, Figure } from '../figure.ts';
import { startWorkerd, type Workerd } from '../server/workerd.ts';
import { interleave, spreadOf } from '../stats.ts';

const TIMES = 20_000;

/** The server's CPU time where the system tells it, else the time that passes; microseconds. */
const clockOf = ({ cpuMicros }: Workerd): (() => number) =>
  Number.isNaN(cpuMicros()) ? () => performance.now() * 1000 : cpuMicros;

/** Another secret, with the checksum it had: looks like a key, is none. */
const forge = (key: string): string => {
  const at = key.length - 30;
  return key.slice(0, at) + (key[at] === 'A' ? 'B' : 'A') + key.slice(at + 1);
};

const run = async ({ rounds }: BenchRun): Promise<readonly Figure[]> => {
  const server = await startWorkerd({ counted: true });
  try {
    const key = await server.newTenant('auth');
    const judge = async (text: string, times: number, fresh: boolean): Promise<number> => {
      const clock = clockOf(server);
      const began = clock();
      const response = await fetch(`${server.url}/bench/auth`, {
        method: 'POST',
        body: JSON.stringify({ key: text, times, fresh }),
      });
      const { known } = (await response.json()) as { known: number };
      if (known !== (text === key ? times : 0)) throw new Error(`${known} of ${times} judged as ours`);
      return clock() - began;
    };
    const perKey = (text: string, fresh: boolean) => async (): Promise<number> => {
      const none = await judge(text, 0, fresh);
      return ((await judge(text, TIMES, fresh)) - none) / TIMES;
    };
    const samplers = { ours: perKey(key, false), fresh: perKey(key, true), forged: perKey(forge(key), false) };
    await interleave(1, samplers);
    const { ours, fresh } = await interleave(rounds, samplers);

    const counts = async (): Promise<Record<string, number>> =>
      (await (await fetch(`${server.url}/bench/counts`, { method: 'POST' })).json()) as Record<string, number>;
    await counts();
    const refused = await fetch(`${server.url}/wcp/route`, {
      method: 'POST',
      headers: { authorization: `Bearer ${forge(key)}`, 'content-type': 'application/json' },
      body: '{}',
    });
    if (refused.status !== 401) throw new Error(`a forged key was answered ${refused.status}`);
    const reads = Object.values(await counts()).reduce((sum, count) => sum + count, 0);
    const exactly = { value: reads, min: reads, max: reads };
    return [
      {
        id: 'P16',
        measure: 'API key judged in the isolate',
        unit: 'us',
        ...spreadOf(ours),
        target: { is: 'at most', value: 6 },
      },
      {
        id: 'P16',
        measure: 'the same, never seen by this isolate before',
        unit: 'us',
        ...spreadOf(fresh),
        target: { is: 'at most', value: 6 },
        because: 'one HMAC and one SHA-256, each an object of node:crypto, are five of them',
      },
      {
        id: 'P16',
        measure: 'binding calls for a forged key',
        unit: '',
        ...exactly,
        target: { is: 'at most', value: 0 },
      },
    ];
  } finally {
    await server.stop();
  }
};

export const authBench: Bench = { ids: ['P16'], run };
