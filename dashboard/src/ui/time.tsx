/** Local time, with UTC for whoever points at it. Brief: without the date where that is today's. */
const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const OF_TODAY = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

const isToday = (date: Date): boolean => date.toDateString() === new Date().toDateString();

export const Time = ({ at, brief = false }: { at: string | number | null | undefined; brief?: boolean }) => {
  if (at === null || at === undefined) return <span className="text-soft">never</span>;
  const date = new Date(at);
  return (
    <time dateTime={date.toISOString()} title={date.toISOString()} className="whitespace-nowrap">
      {(brief && isToday(date) ? OF_TODAY : FORMAT).format(date)}
    </time>
  );
};
