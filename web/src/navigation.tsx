// The pages, as links: they can be opened in a tab of their own, and a keyboard reaches them.
import { page, pages } from './page_route';

export function Navigation() {
  return (
    <nav aria-label="Pages">
      <ul>
        {pages.map(({ id, title }) => (
          <li key={id}>
            <a href={`#/${id}`} {...(page.value === id && { 'aria-current': 'page' as const })}>
              {title}
            </a>
          </li>
        ))}
        <li>
          <a href="/docs">Manual</a>
        </li>
      </ul>
    </nav>
  );
}
