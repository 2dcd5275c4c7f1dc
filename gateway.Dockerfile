# The gateway: no model and no torch is in it. compose.yaml builds it.
FROM python:3.11-slim
WORKDIR /precis
COPY requirements*.txt ./
# Of what the model's image runs it needs how a request is checked, and how tables of documents are read.
RUN grep -E '^(pydantic|pyarrow|openpyxl)==' requirements.txt > requirements-of-model.txt && \
    pip install --no-cache-dir -r requirements-api.txt -r requirements-gateway.txt -r requirements-of-model.txt
COPY . .
RUN pip install --no-cache-dir --no-deps --editable . && useradd --create-home precis && install -d -o precis /files
USER precis
ENV LOG_FORMAT=json PRECIS_GATEWAY_HOST=0.0.0.0
EXPOSE 8000
ENTRYPOINT ["precis"]
CMD ["gateway"]
