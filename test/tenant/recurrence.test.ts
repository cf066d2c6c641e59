/** When something counts as happening again and again. */
import { expect, test } from 'vitest';
import { Recurrence } from '../../src/tenant/recurrence.ts';

const MINUTE = 60_000_000;
const told = (often: number, minutes: readonly number[]): number[] => {
  const recurrence = new Recurrence();
  return minutes.filter((minute) => recurrence.happened('kind', 'subject', often, minute * MINUTE));
};

test('the third time within ten minutes, and then once in ten minutes while it goes on', () => {
  expect(told(3, [0, 1, 2, 3, 4])).toEqual([2]);
  expect(told(3, [0, 9, 11, 18, 19.5])).toEqual([18]);
  expect(told(3, [0, 5, 11, 16, 22])).toEqual([]);
  expect(told(3, [0, 1, 2, 5, 8, 11, 12, 13])).toEqual([2, 12]);
  expect(told(1, [0, 1, 9, 10, 11, 20])).toEqual([0, 10, 20]);
});

test('subjects apart, kinds apart, ten of a kind at the most', () => {
  const recurrence = new Recurrence();
  const subjects = Array.from({ length: 2_000 }, (_, each) => `s${each}`);
  expect(subjects.filter((subject) => recurrence.happened('kind', subject, 1, MINUTE))).toHaveLength(10);
  expect(recurrence.happened('other', 's0', 1, MINUTE)).toBe(true);
  expect(recurrence.happened('kind', 'late', 1, 12 * MINUTE)).toBe(true);
  recurrence.forget();
  expect(recurrence.happened('kind', 'late', 1, 12 * MINUTE)).toBe(true);
});
