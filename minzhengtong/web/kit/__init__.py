"""What every page and endpoint uses: request, session, headers, errors, guards, languages."""
