import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { client } from './data/client.ts'
import { setTheme, storedTheme } from './data/theme.ts'
import { readAhead } from './pages.ts'
import { router } from './router.tsx'

setTheme(storedTheme())

/** After the first page has what it asked for. */
const READ_AHEAD_MS = 1500
addEventListener('load', () => setTimeout(() => void readAhead(), READ_AHEAD_MS))

const place = document.getElementById('console')
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  )
}
