/** Local time, with UTC for whoever points at it. */
const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export const Time = ({ at }: { at: string | number | null | undefined }) => {
  if (at === null || at === undefined) return <span className="text-soft">never</span>;
  const date = new Date(at);
  return (
    <time dateTime={date.toISOString()} title={date.toISOString()} className="whitespace-nowrap">
      {FORMAT.format(date)}
    </time>
  );
};
