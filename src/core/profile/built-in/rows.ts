/**
 * Mapping rows as tables, one row a line: `control | title | E V C | enforced by | evidence | what is not shown`.
 * E: this Hall enforces it. V: this Hall has evidence for it. C: it is the customer's to do.
 */
import { DEMANDS, type Mapping, MECHANISMS, RESPONSIBILITIES } from '../document.ts';

type EnforcedBy = Mapping['enforced_by'][number];
const ENFORCERS: ReadonlySet<string> = new Set([...DEMANDS, ...MECHANISMS]);
const isEnforcer = (word: string): word is EnforcedBy => ENFORCERS.has(word);

const LETTERS: Readonly<Record<string, Mapping['responsibility'][number]>> = {
  E: RESPONSIBILITIES[0],
  V: RESPONSIBILITIES[1],
  C: RESPONSIBILITIES[2],
};

const words = (cell: string): string[] => cell.split(' ').filter((word) => word !== '');

export const mappingRows = (table: string): Mapping[] =>
  table
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', title = '', letters = '', by = '', evidence = '', notShown = ''] = line
        .split('|')
        .map((cell) => cell.trim());
      return {
        framework_control: id,
        title,
        responsibility: words(letters).flatMap((letter) => LETTERS[letter] ?? []),
        enforced_by: words(by).filter(isEnforcer),
        evidence: words(evidence),
        not_shown: notShown,
      };
    });
