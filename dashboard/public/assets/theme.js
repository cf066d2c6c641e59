// Before the first paint, so that no page flashes in the wrong theme. A file of its own: the policy allows no inline script.
document.documentElement.dataset.theme =
  localStorage.getItem('guildhall.theme') ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
