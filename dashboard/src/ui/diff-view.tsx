import { type DiffLine, diffLines } from './diff.ts';
import { Empty } from './states.tsx';
import { Scroller } from './table.tsx';

const MARK = { same: ' ', added: '+', removed: '−' } as const;
const SAID = { same: '', added: 'added: ', removed: 'removed: ' } as const;
const TONE = { same: '', added: 'bg-allow-wash text-allow', removed: 'bg-deny-wash text-deny' } as const;
/** Unchanged lines that stay around a change. */
const AROUND = 3;

const near = (lines: readonly DiffLine[]): readonly (readonly [key: string, line: DiffLine])[] => {
  const changed = lines.flatMap(({ kind }, index) => (kind === 'same' ? [] : [index]));
  return lines.flatMap((line, index) =>
    changed.some((at) => Math.abs(at - index) <= AROUND) ? [[`${line.kind}${line.line}`, line] as const] : [],
  );
};

export const DiffView = ({ label, before, after }: { label: string; before: string; after: string }) => {
  const shown = near(diffLines(before, after));
  if (shown.length === 0) return <Empty title="Both say the same" />;
  return (
    <Scroller label={label}>
      <pre className="w-max min-w-full py-2 leading-5">
        {shown.map(([key, { kind, text, line }]) => (
          <div key={key} className={`flex px-3 ${TONE[kind]}`}>
            <span className="w-10 shrink-0 select-none pr-3 text-right">{line}</span>
            <span className="sr-only">{SAID[kind]}</span>
            <span aria-hidden="true" className="w-4 shrink-0 select-none">
              {MARK[kind]}
            </span>
            <span>{text === '' ? ' ' : text}</span>
          </div>
        ))}
      </pre>
    </Scroller>
  );
};
