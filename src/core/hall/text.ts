/**
 * Text as the Hall gives it out: identifiers without control characters (WCP 2.1), times as RFC 3339 UTC milliseconds.
 */
import { hasControl } from './members.ts';

const CONTROL = /[\u0000-\u001f\u007f]/g;

export const clean = (text: string): string => (hasControl(text) ? text.replace(CONTROL, '') : text);

export const cleanAll = (texts: readonly string[]): readonly string[] =>
  texts.some(hasControl) ? texts.map(clean) : texts;

const DAY_MS = 86_400_000;
/** 0001-01-01 and the end of 9999, as far as four digits of a year reach. */
const EARLIEST_MS = -62_135_596_800_000;
const LATEST_MS = 253_402_300_799_999;

let shownSecond = Number.NaN;
let shownPrefix = '';

const digits = (value: number, width: number): string => value.toString().padStart(width, '0');

/** The moment `micros` after the epoch; a time outside four-digit years shows as the nearest one inside. */
export function isoTime(micros: number): string {
  const ms = Math.min(Math.max(Math.floor(micros / 1000), EARLIEST_MS), LATEST_MS);
  const second = Math.floor(ms / 1000);
  if (second !== shownSecond) {
    shownPrefix = `${isoDate(Math.floor(ms / DAY_MS))}T${clockTime(second - Math.floor(ms / DAY_MS) * 86_400)}.`;
    shownSecond = second;
  }
  const rest = ms - second * 1000;
  return `${shownPrefix}${rest < 100 ? (rest < 10 ? `00${rest}` : `0${rest}`) : rest}Z`;
}

const clockTime = (second: number): string =>
  `${digits(Math.floor(second / 3600), 2)}:${digits(Math.floor(second / 60) % 60, 2)}:${digits(second % 60, 2)}`;

/** Days since the epoch to a Gregorian date: years are counted from March, so that the leap day ends one. */
function isoDate(day: number): string {
  const sinceEra = day + 719_468;
  const era = Math.floor(sinceEra / 146_097);
  const dayOfEra = sinceEra - era * 146_097;
  const year = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const month = Math.floor((5 * dayOfYear + 2) / 153);
  const date = dayOfYear - Math.floor((153 * month + 2) / 5) + 1;
  const calendarYear = year + era * 400 + (month >= 10 ? 1 : 0);
  return `${digits(calendarYear, 4)}-${digits(month < 10 ? month + 3 : month - 9, 2)}-${digits(date, 2)}`;
}
