/** A text with numbered lines; those with something wrong are marked. Tab leaves it, as in any other field. */
import type { RefObject } from 'react';

export interface EditorProps {
  readonly label: string;
  readonly text: string;
  readonly wrongLines: ReadonlySet<number>;
  readonly area: RefObject<HTMLTextAreaElement | null>;
  readonly onText: (text: string) => void;
}

export const Editor = ({ label, text, wrongLines, area, onText }: EditorProps) => {
  const lines = text.split('\n');
  return (
    <div className="flex max-h-[60dvh] overflow-y-auto rounded-lg border border-line bg-surface font-mono text-[0.92em] leading-5 has-[textarea:focus-visible]:outline-2 has-[textarea:focus-visible]:outline-offset-2 has-[textarea:focus-visible]:outline-accent">
      <pre aria-hidden="true" className="shrink-0 select-none border-r border-line bg-raised py-2 text-right text-soft">
        {lines.map((_, index) => (
          <div
            key={index}
            className={`px-2 ${wrongLines.has(index + 1) ? 'bg-deny-wash font-semibold text-deny' : ''}`}
          >
            {index + 1}
          </div>
        ))}
      </pre>
      <textarea
        ref={area}
        aria-label={label}
        value={text}
        onChange={({ target }) => onText(target.value)}
        rows={Math.max(lines.length, 12)}
        wrap="off"
        spellCheck={false}
        autoCapitalize="off"
        className="min-w-0 grow resize-none overflow-x-auto overflow-y-hidden whitespace-pre bg-transparent p-2 leading-5 text-ink outline-none"
      />
    </div>
  );
};

/** Puts the cursor at the beginning of a line. */
export const goToLine = (area: HTMLTextAreaElement | null, line: number): void => {
  if (area === null) return;
  const lines = area.value.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
};
